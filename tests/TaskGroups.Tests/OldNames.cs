global using GroupOrigin = TaskGroups.HostContext; // the former name, until every file has followed
