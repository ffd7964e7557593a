#!/usr/bin/env python3
"""validate.py SCHEMA FILE...: are the files as the JSON schema says?  Prints one line for each
fault, and for nothing else; the exit status is 1 then.  A file of - is stdin."""

import json
import os
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
try:
    from jsonschema import Draft4Validator, RefResolver
except ImportError:
    print("validate.py: the Python module jsonschema is not installed", file=sys.stderr)
    sys.exit(77)


def no_twice(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key {key} is given twice")
    return dict(pairs)


def load_schema(uri):
    """Schemas of other systems are not kept here: they allow everything."""
    path = uri.removeprefix("file://")
    if not os.path.exists(path):
        name = os.path.basename(path).removesuffix(".json").removeprefix("config-")
        return {name: {}}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    uri = "file://" + os.path.abspath(sys.argv[1])
    schema = load_schema(uri)
    resolver = RefResolver(base_uri=uri, referrer=schema, handlers={"file": load_schema})
    validator = Draft4Validator(schema, resolver=resolver)
    faults = 0
    for name in sys.argv[2:]:
        try:
            with open(0 if name == "-" else name, encoding="utf-8") as file:
                document = json.load(file, object_pairs_hook=no_twice)
        except ValueError as why:
            print(f"{name}: {why}")
            faults += 1
            continue
        for error in validator.iter_errors(document):
            place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
            print(f"{name}: {place.lstrip('.')}: {error.message}")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
