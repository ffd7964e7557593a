/* processes.h - what others use of the machine. */
#pragma once

struct use {
    double cpu_us; /* of user and kernel */
    double rss_kib;
};

/* Of these processes, a list of numbers that ends with NULL, and all below them. */
struct use processes_used(char *const *pids);
