bind("/a"; "/srv/root"; ["bind"]) | bind("/b"; "/srv/mine"; ["bind"]) | bind("/c"; "/srv/group"; ["bind"]) | bind("/d"; "/srv/theirs"; ["bind"]) | bind("/e"; "/srv/open"; ["bind"]) | bind("/f"; "/srv/root"; ["bind", "ro"]) | bind("/g"; "/srv/strange"; ["bind"])
    | .process.user = { uid: 33, gid: 33, additionalGids: [44] }
