bind("/dev"; ""; ["bind", "remount", "ro"]) | mapped([ids(0; 1000; 1)]; [ids(0; 1000; 1)])
