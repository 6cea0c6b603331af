"""Every alert there is, by key. Each group of them is a module beside this one."""

from components.monitoring import edge, objectives, services, stores

ALERTS = tuple(
    sorted((*edge.ALERTS, *stores.ALERTS, *services.ALERTS, *objectives.ALERTS), key=lambda alert: alert.key)
)
