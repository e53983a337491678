"""The client's portal: what it shows of an account. Everything is read by what a row lets a client see."""
