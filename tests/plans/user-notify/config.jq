.process.env += ["NOTIFY_SOCKET=/elsewhere"]
