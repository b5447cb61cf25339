"""The contract suites are no test files themselves; their assertions explain themselves all the same."""

import pytest

pytest.register_assert_rewrite("ledger_contract")
