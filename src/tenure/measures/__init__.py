"""The catalogue of account measures, scorecards and KPIs: Ibis in, Ibis out. Pure."""
