"""The built-in rules, one a file: see `dcmlint.rule` for what a rule file holds."""
