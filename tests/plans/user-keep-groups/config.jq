.process.user.additionalGids = [5, 99999] | .annotations = { "run.oci.keep_original_groups": "1" }
