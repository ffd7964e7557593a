.subid.uids = [extent(0; 100000; 999), extent(0; 300000; 1), extent(0; 500000; 64000)]
