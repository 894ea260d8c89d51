"""SehatMu: Indonesia's health registers become master indexes, one build a night."""
