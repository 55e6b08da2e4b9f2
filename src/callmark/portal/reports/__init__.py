"""Reports as pages: what is asked in words, lines with their links, the chart."""
