"""Rules across settings: what no field can tell by itself.

Owns the list. Each module yields problems for a `Draft`; the order of modules is the order of the stack file.
"""

from collections.abc import Callable, Iterable

from components.settings.draft import Draft
from components.settings.problem import Problem
from components.settings.rules import (
    audit,
    database,
    ingress,
    monitoring,
    network,
    pools,
    secrets,
    services,
    variables,
)

Rule = Callable[[Draft], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    network.ranges_do_not_overlap,
    network.the_chosen_egress_is_described,
    network.the_connector_can_grow,
    network.the_direct_subnet_is_large_enough,
    database.the_instance_is_one_that_google_makes,
    database.the_tier_suits_the_environment,
    database.memory_holds_the_connections,
    database.users_and_databases_are_free,
    pools.pools_fit,
    secrets.each_secret_says_where_it_comes_from,
    services.names_differ,
    services.names_fit_their_accounts_and_tags,
    services.sizes_go_together,
    services.references_exist,
    variables.derived_variables_are_not_written,
    variables.no_variable_is_set_twice,
    variables.service_id_is_fixed,
    variables.passwords_match_their_users,
    ingress.hosts_name_services,
    ingress.one_certificate_names_all_hosts,
    ingress.candidate_hosts_are_free,
    monitoring.channels_say_what_their_kind_needs,
    monitoring.owners_have_channels,
    monitoring.every_service_has_an_impact,
    monitoring.promises_are_of_services,
    monitoring.hosts_outside_are_named_once,
    audit.hipaa_keeps_logs_and_encrypts,
    services.labels_are_few,
)


def broken(draft: Draft) -> list[Problem]:
    """All problems that the rules find."""
    return [problem for rule in RULES for problem in rule(draft)]
