"""People, teams, account anchors, operations, permission and the ledger."""
