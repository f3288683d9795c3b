enum PlaceholderSalesforce {}
