-- By car: the wheel's profile, never faster than village roads and parked cars allow.

api_version = 4

package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. os.getenv("FIELDMAP_PROFILES") .. "/?.lua;" .. package.path
local shared = require("shared")

return shared.wrap(require("car"), function(profile)
  profile.vehicle_max_speed = shared.speed("FIELDMAP_CAR_CAP_KMH")
end)
