"""Side-by-side timings of the package against what a reader would otherwise pick; never part of the tests or of CI."""
