from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.apis import APIS, api_for

if TYPE_CHECKING:
    from tests.components.recorder import Cloud


def test_every_api_is_enabled_and_stays_so_after_a_destroy(cloud: Cloud) -> None:
    services = cloud.of("projects/service:Service").values()

    assert {each.inputs["service"] for each in services} == {api.name for api in APIS}
    assert [each.inputs["disableOnDestroy"] for each in services] == [False] * len(APIS)


def test_every_declared_type_has_its_api_enabled(cloud: Cloud) -> None:
    types = {each.type for each in cloud.declared if each.custom} - {"gcp:projects/service:Service"}

    assert not [each for each in types if api_for(each) is None]


def test_the_repository_takes_images_whose_tags_do_not_move(cloud: Cloud) -> None:
    repository = cloud.one("artifactregistry/repository:Repository").inputs

    assert repository["repositoryId"] == "netra"
    assert repository["format"] == "DOCKER"
    assert repository["dockerConfig"] == {"immutableTags": True}
    outputs = cloud.outputs[cloud.component("Project").urn]
    assert outputs == {"repositoryUrl": "us-central1-docker.pkg.dev/netra-staging/netra"}
