"""Two real Asterisks and a real gate: a switch, and beside it the phones and the outside world."""
