# rcrun-net: the network of a container, a program of its own.  Built where libslirp is there.

helpers_net =
helpers_net += %D%/api.c
helpers_net += %D%/api.h
helpers_net += %D%/automatic.c
helpers_net += %D%/automatic.h
helpers_net += %D%/clients.c
helpers_net += %D%/clients.h
helpers_net += %D%/closing.c
helpers_net += %D%/closing.h
helpers_net += %D%/control.c
helpers_net += %D%/control.h
helpers_net += %D%/counters.def
helpers_net += %D%/dns-packet.c
helpers_net += %D%/dns-packet.h
helpers_net += %D%/dns.c
helpers_net += %D%/dns.h
helpers_net += %D%/engine-poll.c
helpers_net += %D%/engine-poll.h
helpers_net += %D%/engine.c
helpers_net += %D%/engine.h
helpers_net += %D%/enter.c
helpers_net += %D%/enter.h
helpers_net += %D%/events.c
helpers_net += %D%/events.h
helpers_net += %D%/flows.c
helpers_net += %D%/flows.h
helpers_net += %D%/follow.c
helpers_net += %D%/follow.h
helpers_net += %D%/frame.c
helpers_net += %D%/frame.h
helpers_net += %D%/guest.c
helpers_net += %D%/guest.h
helpers_net += %D%/jail-calls.def
helpers_net += %D%/jail.c
helpers_net += %D%/jail.h
helpers_net += %D%/keeper-parts.h
helpers_net += %D%/keeper-worker.c
helpers_net += %D%/keeper.c
helpers_net += %D%/keeper.h
helpers_net += %D%/link.c
helpers_net += %D%/link.h
helpers_net += %D%/listener.h
helpers_net += %D%/mint-jail.c
helpers_net += %D%/mint-parts.h
helpers_net += %D%/mint-routes.c
helpers_net += %D%/mint.c
helpers_net += %D%/mint.h
helpers_net += %D%/net.h
helpers_net += %D%/offload.c
helpers_net += %D%/offload.h
helpers_net += %D%/options.c
helpers_net += %D%/options.h
helpers_net += %D%/outbound.c
helpers_net += %D%/outbound.h
helpers_net += %D%/owner.c
helpers_net += %D%/packet.h
helpers_net += %D%/pcap.c
helpers_net += %D%/pcap.h
helpers_net += %D%/place.c
helpers_net += %D%/place.h
helpers_net += %D%/ports.c
helpers_net += %D%/ports.h
helpers_net += %D%/reassemble.c
helpers_net += %D%/reassemble.h
helpers_net += %D%/rules.c
helpers_net += %D%/rules.h
helpers_net += %D%/scrub-neighbour.c
helpers_net += %D%/scrub-refuse.c
helpers_net += %D%/scrub-rewrite.c
helpers_net += %D%/scrub-transport.c
helpers_net += %D%/scrub.c
helpers_net += %D%/scrub.h
helpers_net += %D%/segment.c
helpers_net += %D%/segment.h
helpers_net += %D%/sockets.c
helpers_net += %D%/sockets.h
helpers_net += %D%/splice-accept.c
helpers_net += %D%/splice-data.c
helpers_net += %D%/splice-parts.h
helpers_net += %D%/splice-pool.c
helpers_net += %D%/splice.c
helpers_net += %D%/splice.h
helpers_net += %D%/window.c
helpers_net += %D%/window.h
helpers_net += %D%/worker-dns.c
helpers_net += %D%/worker-link.c
helpers_net += %D%/worker-parts.h
helpers_net += %D%/worker-spin.c
helpers_net += %D%/worker.c
helpers_net += %D%/worker.h

# A library, so that tests can link the parts.
if SLIRP
noinst_LIBRARIES += librcrunnet.a
librcrunnet_a_CFLAGS = $(AM_CFLAGS) $(STRICT_CFLAGS) $(SLIRP_CFLAGS)
librcrunnet_a_SOURCES = $(helpers_net)

# Dynamic, as libslirp is the system's; but what rcrun has in its own program need not be searched
# for at each start.
bin_PROGRAMS += rcrun-net
rcrun_net_SOURCES = %D%/main.c
rcrun_net_LDADD = librcrunnet.a libos.a libnet.a libbase.a $(HELPER_LIBS) $(SLIRP_LIBS)
else
EXTRA_DIST += $(helpers_net)
EXTRA_DIST += %D%/main.c
endif
