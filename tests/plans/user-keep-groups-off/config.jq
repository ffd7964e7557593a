.process.user.additionalGids = [5] | .annotations = { "run.oci.keep_original_groups": "0" }
