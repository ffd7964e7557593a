dist_doc_DATA += %D%/50-rcrun.conf
