-- wrk asks at random: a number of the series, a code of the list, or one file. Each question comes from one of many addresses.
-- Arguments: what ("/c/", "/api/v1/certificates/", "/q/", "/verify"), the file with codes or with the form, the first digits of the
-- numbers, how many numbers there are, how many addresses.

local what, file, prefix, count, addresses
local codes, body = {}, nil

function init(args)
   what, file, prefix, count, addresses = args[1], args[2], args[3], tonumber(args[4]), tonumber(args[5])
   math.randomseed(os.time())
   if what == "/q/" then
      for line in io.lines(file) do codes[#codes + 1] = line end
   elseif what == "/verify" then
      local form = assert(io.open(file, "rb"))
      body = form:read("*a")
      form:close()
   end
end

local function head(method, path)
   local from = math.random(0, addresses - 1)
   return method .. " " .. path .. " HTTP/1.1\r\nHost: cert.example\r\nX-Forwarded-For: 10." .. math.floor(from / 65536) .. "."
      .. math.floor(from / 256) % 256 .. "." .. from % 256 .. "\r\n"
end

function request()
   if body then
      return head("POST", what) .. "Content-Type: multipart/form-data; boundary=yinxin\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
   elseif what == "/q/" then
      return head("GET", what .. codes[math.random(#codes)]) .. "\r\n"
   end
   return head("GET", what .. prefix .. string.format("%07d", math.random(count))) .. "\r\n"
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format("found %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      e.connect + e.read + e.write + e.status + e.timeout))
end
