"""Part IV: the rules of all three papers on one bench."""
