"""ALT in blood: versioned rules, exact decisions, at any scale."""
