.self.euid = 100500 | .self.uid = 100500 | .subid.uids = [extent(0; 100000; 500), extent(0; 100501; 65035)]
