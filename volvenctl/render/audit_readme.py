"""The README.md inside an exported audit trail."""

from volvenctl.model.audit import Verification
from volvenctl.render.safe import safe


def audit_readme(found: Verification, version: str) -> str:
    """Return what is in the archive and how to verify it without volvenctl."""
    log = found.log
    return _README.format(
        environment=safe(log.environment),
        lineage=safe(log.lineage or ""),
        count=len(log.records),
        first=safe(log.records[0].time),
        last=safe(log.records[-1].time),
        seq=log.head.seq,
        head=log.head.hash,
        version=version,
    )


_README = """\
# Audit trail of the environment `{environment}`

Exported by volvenctl {version} from the ledger `{lineage}`: {count} records, {first} to {last}.
Head: `{seq}:{head}`

| file | is |
|---|---|
| `ledger.jsonl` | every record, one a line, each chained to the one before by its SHA-256 |
| `state.json` | what the records add up to |
| `approvals/SEQ-NAME.sig` | the OpenSSH signature of record SEQ; `.plan` beside it is the plan's hash that was signed |
| `checkpoints/SEQ.json` | the head at an earlier time, and `.sig`, its OpenSSH signature; if there were any |
| `plans/` | plans, if they were given to the export |
| `verify.py` | computes every hash again; Python 3.11 or newer, its standard library, nothing else |

## Verify

```sh
python -I verify.py --expect-head {seq}:HASH
```

Do not take HASH from this archive: whoever can change the ledger can change this page. Take it from where it was
noted: the end of an apply's log, the summary of a CI run, a git trailer `Volvenctl-Head`, a signed checkpoint. Without
a noted head the chain shows that nothing was changed inside of it, and cannot show that nothing is missing at its end.
Read `verify.py` before you run it, or write your own: `docs/guides/audit.md` of volvenctl has one of twenty lines.

## Signatures

`signers` is an allowed_signers file of OpenSSH with the keys of the people you expect; it is not in this archive.

```sh
ssh-keygen -Y verify -f signers -I NAME -n volvenctl-plan -s approvals/SEQ-NAME.sig < approvals/SEQ-NAME.plan
ssh-keygen -Y verify -f signers -I NAME -n volvenctl-checkpoint -s checkpoints/SEQ.json.sig < checkpoints/SEQ.json
```
"""
