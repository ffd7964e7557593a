/* control.h - what a running rcrun-net is asked by `rcrun port`, `state` and `delete`.
 *
 * The socket of --control-fd is a unix socket of type SOCK_STREAM that listens already; whoever made it
 * knows its name.  A client connects, sends one line (CONTROL_LINE_MAX bytes at most, the newline
 * counted), reads one line of JSON up to the end of file, and is done: one question a connection.
 * Clients of another user than ours or root are hung up on.
 *
 *     list            {"ports":[PORT,...]}
 *     add SPEC        {"ports":[PORT,...]}: what SPEC (net/publish.h) stands for now.  Those that are
 *                     there already stay as they are, so that it can be said twice.  All or none.
 *     remove SPEC     {"ports":[PORT,...]}: those that are no more.  None is no error.
 *     status          {"status":"up",...}, below
 *     stop            {}: no new connections, drains for --drain-ms, ends.  The answer comes at once,
 *                     the end of the process is for the asker to wait for.
 *
 * Anything that fails: {"error":TEXT} or {"error":TEXT,"hint":TEXT}, and nothing was changed.
 *
 * PORT: {"proto":"tcp"|"udp",
 *        "host":ADDRESS or the path of the unix socket, "host_port":number, 0 for a unix socket,
 *        "to":ADDRESS in the container, "port":number,
 *        "path":"splice"|"slirp"|"unix",
 *        "spec":the words it came from, in their canonical form,
 *        "flows":now, "flows_ever":, "bytes_in":into the container, "bytes_out":}
 *        While the worker is down the last four are 0.
 *
 * status: {"status":"up"|"down",
 *          "reason":TEXT,            only when down: why the worker ended
 *          "pid":of the keeper, "worker":pid, 0 when down, "mint":pid, 0 when there is none,
 *          "restarts":number, "started":TIME of the worker, RFC 3339,
 *          "mode":"slirp"|"internal", "interface":NAME, "mac":TEXT,
 *          "addresses":["10.0.2.100/24",...], "gateways":[ADDRESS,...],
 *          "dns":[ADDRESS,...]        in the container,
 *          "resolvers":[ADDRESS,...]  of the host, that are asked,
 *          "mtu":number, "offload":bool, "host_loopback":bool, "library":"4.7.0",
 *          "flows":number, "counters":{NAME:number,...} as in counters.def,
 *          "cpu_ms":of keeper, worker and mint, "rss":bytes of the three} */
#ifndef RCRUN_NET_CONTROL_H
#define RCRUN_NET_CONTROL_H

#include "base/text.h"

#define CONTROL_LINE_MAX 4096

/* The answer to one line (without its newline); of: the keeper.  For clients.h. */
void control_answer(void *of, const char *line, struct text *out);

#endif
