# Manual pages, one a line.

dist_man_MANS += %D%/rcrun-check.1
dist_man_MANS += %D%/rcrun-checkpoint.1
dist_man_MANS += %D%/rcrun-create.1
dist_man_MANS += %D%/rcrun-delete.1
dist_man_MANS += %D%/rcrun-events.1
dist_man_MANS += %D%/rcrun-exec.1
dist_man_MANS += %D%/rcrun-explain.1
dist_man_MANS += %D%/rcrun-features.1
dist_man_MANS += %D%/rcrun-help.1
dist_man_MANS += %D%/rcrun-kill.1
dist_man_MANS += %D%/rcrun-list.1
dist_man_MANS += %D%/rcrun-net.1
dist_man_MANS += %D%/rcrun-pause.1
dist_man_MANS += %D%/rcrun-plan.7
dist_man_MANS += %D%/rcrun-port.1
dist_man_MANS += %D%/rcrun-ps.1
dist_man_MANS += %D%/rcrun-remap.1
dist_man_MANS += %D%/rcrun-restore.1
dist_man_MANS += %D%/rcrun-resume.1
dist_man_MANS += %D%/rcrun-run.1
dist_man_MANS += %D%/rcrun-spec.1
dist_man_MANS += %D%/rcrun-start.1
dist_man_MANS += %D%/rcrun-state.1
dist_man_MANS += %D%/rcrun-unshare.1
dist_man_MANS += %D%/rcrun-update.1
dist_man_MANS += %D%/rcrun.1
