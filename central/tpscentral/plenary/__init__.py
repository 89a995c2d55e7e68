"""The plenary: what officers do with what boxes sent, tier by tier, each act kept for ever."""
