"""A limit that cannot be evaluated refuses."""

from datetime import timedelta
from decimal import Decimal

import pytest

from volvenctl.core.guards import plan_ttl, refuse_unknown_limits
from volvenctl.errors import RefusedError


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("30m", 1800), ("24h", 86400), ("7d", 604800), (None, 86400)]
)
def test_a_plans_life_is_read_in_its_unit(written, seconds):
    limits = {} if written is None else {"planTtl": written}
    assert plan_ttl(limits) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["", "24", "0h", "-1h", "1.5h", "1 h", "24H", "9999999d", Decimal(24), True, ["1h"]]
)
def test_a_life_that_is_no_duration_refuses(written):
    with pytest.raises(RefusedError, match="is no duration"):
        plan_ttl({"planTtl": written})


def test_limits_that_are_enforced_pass():
    refuse_unknown_limits({})
    refuse_unknown_limits({"planTtl": "1h", "allowUnreviewedApply": True, "approvals": {}})


def test_limits_that_are_not_enforced_are_all_named():
    with pytest.raises(RefusedError, match=r"limits\.blackouts is set.*nor schemas"):
        refuse_unknown_limits({"maxNotionalPerPlan": {}, "schemas": [], "blackouts": []})
