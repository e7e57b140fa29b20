using TaskGroups.Aot;

// Every public member of the core, used once: published ahead of time and trimmed, it must print what it prints otherwise. A guard test
// finds the members that are missing here.
await Groups.UseAsync();
await Limits.UseAsync();
await Combinators.UseAsync();
await Streams.UseAsync();
await Snapshots.UseAsync();
