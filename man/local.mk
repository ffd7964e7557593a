# Manual pages, one a line.

dist_man_MANS += %D%/rcrun-plan.7
dist_man_MANS += %D%/rcrun.1
