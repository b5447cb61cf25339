"""Write a project with N valid specs: `python bench/generate.py FOLDER [N]`."""

import argparse
from pathlib import Path

PROJECT = """\
apiVersion: volvenctl/v1
kind: Project
metadata: {name: bench}
environments:
  sandbox:
    api: {url: "sandbox:"}
    state: .volvenctl/sandbox
    accounts: {bybit-main: "99998"}
"""

SPEC = """\
apiVersion: volvenctl/v1
kind: Strategy
metadata:
  name: bench-%(number)05d
  labels: {desk: bench, group: "%(group)d"}
spec:
  strategyType: SMO
  accountId: "%(account)s"
  productCode: btcusdt_f
  side: %(side)s
  size: 0.%(size)03d
  priceLimit: %(price)d.5
  orderMaxSize: 0.030
  aggressiveness: 0.5
  triggerPrice: 94000
  useSpikeProtection: false
  alwaysPassive: true
"""


def write_project(folder: Path, count: int) -> None:
    """Write volvenctl.yaml and `count` specs, one a file, into a folder that need not exist."""
    specs = folder / "strategies"
    specs.mkdir(parents=True, exist_ok=True)
    (folder / "volvenctl.yaml").write_text(PROJECT, encoding="utf-8")
    for number in range(count):
        values = {
            "number": number,
            "group": number % 10,
            "account": ("99998", "@bybit-main")[number % 2],
            "side": "BUY",
            "size": 60 + number % 900,
            "price": 95000 + number,
        }
        (specs / f"bench-{number:05}.yaml").write_text(SPEC % values, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    asked = parser.parse_args()
    write_project(asked.folder, asked.count)
