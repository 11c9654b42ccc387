module homelab/pause

go 1.26
