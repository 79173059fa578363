-- Lets go of a lease, if it is still this worker's. KEYS: its holder. ARGV: the worker.
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
