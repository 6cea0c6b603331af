"""Settings of the verification jobs. What they check follows from the contracts and the other sections."""

from components.settings.base import Section
from components.settings.fields import Image, JobTimeoutSeconds, ProbeSeconds


class ProbesSettings(Section):
    """The jobs that test each service's promises from inside its network (`plumb verify`)."""

    image: Image
    """Image of `probes/Dockerfile` by digest."""
    deadline_seconds: ProbeSeconds = 8
    """Seconds that no check may exceed, whatever its own deadline. Default 8."""
    job_timeout_seconds: JobTimeoutSeconds = 60
    """Seconds after which Cloud Run ends a job, its start included. Default 60."""
