-- For wrk: each connection pauses before a request, 32 ms on average, so that 16 of them ask for 500 pages a second.
function delay()
   return math.random(1, 63)
end
