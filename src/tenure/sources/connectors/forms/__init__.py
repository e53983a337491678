"""Forms: what people fill in on a form service, such as Jotform, which sends each submission to an address of ours."""
