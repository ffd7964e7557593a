# rcrun-unpack: root directories out of archives and images, a program of its own.  Built where
# libarchive, nettle and zlib are there.

helpers_unpack =
helpers_unpack += %D%/gunzip.c
helpers_unpack += %D%/gunzip.h
helpers_unpack += %D%/ids.c
helpers_unpack += %D%/ids.h
helpers_unpack += %D%/image.c
helpers_unpack += %D%/image.h
helpers_unpack += %D%/jail-calls.def
helpers_unpack += %D%/jail.c
helpers_unpack += %D%/jail.h
helpers_unpack += %D%/layer.c
helpers_unpack += %D%/layer.h
helpers_unpack += %D%/lend.c
helpers_unpack += %D%/lend.h
helpers_unpack += %D%/options.c
helpers_unpack += %D%/options.h
helpers_unpack += %D%/pack.c
helpers_unpack += %D%/pack.h
helpers_unpack += %D%/place.c
helpers_unpack += %D%/place.h
helpers_unpack += %D%/remove.c
helpers_unpack += %D%/remove.h
helpers_unpack += %D%/result.c
helpers_unpack += %D%/shelf.c
helpers_unpack += %D%/shelf.h
helpers_unpack += %D%/stream.c
helpers_unpack += %D%/stream.h
helpers_unpack += %D%/table.c
helpers_unpack += %D%/table.h
helpers_unpack += %D%/tree.c
helpers_unpack += %D%/tree.h
helpers_unpack += %D%/unpack.c
helpers_unpack += %D%/unpack.h
helpers_unpack += %D%/user.c
helpers_unpack += %D%/user.h
helpers_unpack += %D%/write-acl.c
helpers_unpack += %D%/write-meta.c
helpers_unpack += %D%/write.c
helpers_unpack += %D%/write.h

# A library, so that tests can link the parts.
if ARCHIVE
noinst_LIBRARIES += librcrununpack.a
librcrununpack_a_CFLAGS = $(AM_CFLAGS) $(STRICT_CFLAGS) $(ARCHIVE_CFLAGS) $(NETTLE_CFLAGS) $(ZLIB_CFLAGS)
librcrununpack_a_SOURCES = $(helpers_unpack)

bin_PROGRAMS += rcrun-unpack
rcrun_unpack_CFLAGS = $(AM_CFLAGS) $(ARCHIVE_CFLAGS) $(NETTLE_CFLAGS) $(ZLIB_CFLAGS)
rcrun_unpack_SOURCES = %D%/main.c
rcrun_unpack_LDADD = librcrununpack.a libos.a libbase.a $(HELPER_LIBS) $(ARCHIVE_LIBS) $(NETTLE_LIBS) $(ZLIB_LIBS)
else
EXTRA_DIST += $(helpers_unpack)
EXTRA_DIST += %D%/main.c
endif
