.userns.uidMap = [range(341) | extent(. * 10; 100000 + . * 20; 10)]
