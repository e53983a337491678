"""A mailbox, read over IMAP: what clients write to it, and what we answer from it."""
