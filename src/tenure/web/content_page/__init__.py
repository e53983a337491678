"""What the pages of work in states show: board, queue, calendar, one piece, planning, and the client's side of it."""
