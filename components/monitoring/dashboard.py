"""The one dashboard: what the alerts look at, on one page, in the order in which one looks.

Owns the layout. Each chart shows a metric that an alert of this package is about.

Source: https://cloud.google.com/monitoring/dashboards/api-dashboard
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from components.monitoring.alert import run_services, series
from components.monitoring.services import LATENCIES, REQUESTS, REVISION
from components.monitoring.stores import cache_series, connector_series, database_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from components.settings import PlatformSettings

_COLUMNS, _WIDTH, _HEIGHT = 3, 16, 12
_SERVICE, _DATABASE = "resource.label.service_name", "metric.label.database"


def charts(settings: PlatformSettings) -> Iterator[tuple[str, str, str, str, tuple[str, ...]]]:
    """Title, filter, aligner, reducer and the labels that keep lines apart, of each chart."""
    run = f"{series(REQUESTS, REVISION)} AND {run_services(settings)}"
    took = (
        f"{series(LATENCIES, REVISION)} AND {run_services(settings)} "
        'AND metric.labels.response_code_class!="1xx"'
    )
    failed = f'{run} AND metric.labels.response_code_class="5xx"'
    yield "Requests a second", run, "ALIGN_RATE", "REDUCE_SUM", (_SERVICE,)
    yield "Failures a second (5xx)", failed, "ALIGN_RATE", "REDUCE_SUM", (_SERVICE,)
    yield "95 % answered within (ms)", took, "ALIGN_DELTA", "REDUCE_PERCENTILE_95", (_SERVICE,)
    connections = database_series(settings, "postgresql/num_backends")
    yield "Database: connections", connections, "ALIGN_MAX", "REDUCE_SUM", (_DATABASE,)
    yield "Database: CPU", database_series(settings, "cpu/utilization"), "ALIGN_MEAN", "", ()
    yield "Database: disk", database_series(settings, "disk/utilization"), "ALIGN_MEAN", "", ()
    yield "Cache: clients", cache_series(settings, "clients/connected"), "ALIGN_MAX", "", ()
    yield "Cache: memory", cache_series(settings, "stats/memory/usage_ratio"), "ALIGN_MEAN", "", ()
    if settings.egress.connector is not None and settings.egress.via == "connector":
        yield "Connector: CPU", connector_series(settings), "ALIGN_PERCENTILE_99", "REDUCE_MAX", ()


def dashboard_json(settings: PlatformSettings, title: str) -> str:
    """The dashboard as the API takes it."""
    tiles = [
        {
            "xPos": index % _COLUMNS * _WIDTH,
            "yPos": index // _COLUMNS * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            "widget": _chart(*chart),
        }
        for index, chart in enumerate(charts(settings))
    ]
    layout = {"columns": _COLUMNS * _WIDTH, "tiles": tiles}
    return json.dumps({"displayName": title, "mosaicLayout": layout}, sort_keys=True)


def _chart(title: str, filter_: str, aligner: str, reducer: str, by: tuple[str, ...]) -> dict[str, Any]:
    aggregation: dict[str, Any] = {"alignmentPeriod": "60s", "perSeriesAligner": aligner}
    if reducer:
        aggregation |= {"crossSeriesReducer": reducer, "groupByFields": list(by)}
    query = {"timeSeriesFilter": {"filter": filter_, "aggregation": aggregation}}
    return {"title": title, "xyChart": {"dataSets": [{"plotType": "LINE", "timeSeriesQuery": query}]}}
