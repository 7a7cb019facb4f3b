"""Questions, each with its protocol, conditions, figure and findings: one file, one experiment."""
