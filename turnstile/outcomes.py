"""How a run can end, in the words that its record, its report and the history have for it."""

PUSHED, REFUSED, UNDECIDED, DATA_STOPPED, FAILED = "pushed", "refused", "undecided", "data stopped", "failed"
UNFINISHED = "unfinished"  # of a run that left no record, and no sign of an end
OUTCOMES = (PUSHED, REFUSED, UNDECIDED, DATA_STOPPED, FAILED, UNFINISHED)
