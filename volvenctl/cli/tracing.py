"""Whether a command is traced: decided by the environment of the process, never by the project."""

from volvenctl.adapters.system import environment_variables
from volvenctl.cli.session import Session
from volvenctl.errors import ConfigError
from volvenctl.ports import World

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def traced(session: Session, world: World) -> World:
    """Return `world` with ports that leave a trace, if a collector is named; that it cannot be left is only said."""
    variables = environment_variables()
    if not variables.get(_ENDPOINT):
        return world
    try:
        from volvenctl.adapters.telemetry import Trace

        trace = Trace(str(session.facts.get("command", "")), variables, world.system)
    except ImportError:
        session.notice(f"{_ENDPOINT} is set, but nothing is traced: install volvenctl[otel]")
        return world
    except ConfigError as error:
        session.notice(error.message)
        return world
    session.endings.append(trace.finish)
    return trace.around(world)
