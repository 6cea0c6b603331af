"""What does not outlive a bad day, each in another way."""

from chat import Chat


def backups_switched_off() -> None:
    """No backups."""
    chat = Chat()
    chat.database = chat.make_database({"backup_configuration": {"enabled": False}})


def backups_not_mentioned() -> None:
    """No backupConfiguration: no backups."""
    chat = Chat()
    chat.database = chat.make_database({"backup_configuration": None})


def no_way_back_to_a_point_in_time() -> None:
    """Last night's backup, and nothing since."""
    chat = Chat()
    chat.database = chat.make_database({"backup_configuration": {"enabled": True}})


def one_zone_by_default() -> None:
    """Where nothing is said, an instance lives in one zone."""
    chat = Chat()
    chat.database = chat.make_database({"availability_type": None})


def protected_from_pulumi_only() -> None:
    """`protect` and nothing at Google: a click in the console deletes it."""
    chat = Chat()
    chat.database = chat.make_database({"deletion_protection_enabled": False})


def eviction_by_default() -> None:
    """Where no policy is set, Memorystore evicts what has a time to live: sessions."""
    chat = Chat()
    chat.cache = chat.make_cache(redis_configs={})


def eviction_of_what_expires_soonest() -> None:
    """volatile-ttl drops sessions too."""
    chat = Chat()
    chat.cache = chat.make_cache(redis_configs={"maxmemory-policy": "volatile-ttl"})


def no_tier() -> None:
    """The default tier has no replica."""
    chat = Chat()
    chat.cache = chat.make_cache(tier=None)
