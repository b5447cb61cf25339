"""The example in the guide to strategy types works as it is printed there."""

import json
from decimal import Decimal
from pathlib import Path

from builders_check import account, catalog, product, run_check

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "strategy-types.md"


def block(language, containing):
    """Return the code block of `language` with a text in it."""
    blocks = GUIDE.read_text(encoding="utf-8").split(f"```{language}\n")[1:]
    return next(text.partition("```")[0] for text in blocks if containing in text.partition("```")[0])


def test_the_example_type_checks_each_leg_by_its_own_product():
    known = catalog(
        account("99998", "BYB"),
        account("99999", "BIN"),
        product("btcusdt_f", "BYB"),
        product("btcusdt", "BIN", type="SPOT"),
    )
    spread = json.loads(block("json", "SPREAD"), parse_float=Decimal)
    text = block("yaml", "SPREAD")
    checked = run_check(text, known=known, types={"SPREAD": spread})
    assert checked.problems == ()
    assert [item.amount for item in checked.specs[0].notionals] == [9500, 9510]
    wrong = run_check(text.replace("SELL, size: 0.1", "SELL, size: 0.0015"), known=known, types={"SPREAD": spread})
    assert [(item.code, item.path) for item in wrong.problems] == [("size-step", "$.spec.legs[1].size")]
