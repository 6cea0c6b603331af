"""Settings of the image registry. Does not own the images: the services name theirs."""

from components.settings.base import Section
from components.settings.fields import RepositoryId


class RegistrySettings(Section):
    """The Artifact Registry repository that holds the services' images, in the stack's region."""

    repository: RepositoryId
    """Repository id: 2 to 63 lower-case letters, digits and hyphens, a letter first."""
