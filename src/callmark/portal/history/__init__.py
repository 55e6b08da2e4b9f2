"""The call history's pages: what is asked for, which columns, how a call looks."""
