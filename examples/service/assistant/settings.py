"""What the service is told by its environment, as pydantic reads it."""

from pydantic import AliasChoices, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Pool(BaseSettings):
    """Connections of one worker process."""

    model_config = SettingsConfigDict(env_prefix="DB_")

    pool_size: int
    max_overflow: int
    pool_recycle_seconds: int = 540


class Mail(BaseModel):
    """Where mail goes out."""

    host: str
    port: int = 587


class Settings(BaseSettings):
    """Everything else."""

    model_config = SettingsConfigDict(env_nested_delimiter="__")

    environment: str
    redis_host: str
    redis_password: SecretStr
    mail: Mail
    openai_api_key: SecretStr = Field(validation_alias=AliasChoices("OPENAI_API_KEY", "LLM_API_KEY"))
    log_level: str = "INFO"
