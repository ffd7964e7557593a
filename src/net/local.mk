# net: what rcrun and rcrun-net both know of addresses, published ports and resolvers.  Pure.
# Includes base.

noinst_LIBRARIES += libnet.a
libnet_a_CFLAGS = $(AM_CFLAGS) $(STRICT_CFLAGS)
libnet_a_SOURCES =
libnet_a_SOURCES += %D%/ip.c
libnet_a_SOURCES += %D%/ip.h
libnet_a_SOURCES += %D%/network.c
libnet_a_SOURCES += %D%/network.h
libnet_a_SOURCES += %D%/publish.c
libnet_a_SOURCES += %D%/publish.h
libnet_a_SOURCES += %D%/resolv.c
libnet_a_SOURCES += %D%/resolv.h
libnet_a_SOURCES += %D%/rule.c
libnet_a_SOURCES += %D%/rule.h
