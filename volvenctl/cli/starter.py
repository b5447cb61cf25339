"""The files of a starter project."""

PROJECT = """\
# yaml-language-server: $schema=.schemas/project.schema.json
apiVersion: volvenctl/v1
kind: Project
metadata: {name: NAME}
specs: [strategies/]

environments:
  sandbox:
    api: {url: "sandbox:"}           # a simulated platform: no network, no credentials, no money
    state: .volvenctl/sandbox
    platform: {stateKey: status, states: {RUNNING: running, PAUSED: paused, STOPPED: stopped}}
  # production:
  #   live: true                     # real money: stricter rules apply
  #   api: {url: "https://HOST"}     # needs VOLVEN_API_URL=https://HOST and VOLVEN_TOKEN in your environment
  #   state: /srv/volvenctl/production
  #   platform: {stateKey: KEY, states: {WORD: running}}   # what the platform's own words mean
"""

EXAMPLE = """\
# yaml-language-server: $schema=../.schemas/strategy.schema.json
apiVersion: volvenctl/v1
kind: Strategy
metadata:
  name: btc-dip-buy
  labels: {desk: example}
spec:
  strategyType: SMO
  accountId: "99998"        # volvenctl accounts
  productCode: btcusdt_f    # volvenctl products --search btc
  side: BUY
  size: 0.1
  priceLimit: 95000
  orderMaxSize: 0.03
  aggressiveness: 0.5
  triggerPrice: 94000
  useSpikeProtection: false
  alwaysPassive: true
"""

GITIGNORE = """\
.volvenctl/
plan.json
"""
